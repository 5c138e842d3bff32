package io.quintet.kotlin

import kotlin.time.Duration

/**
 * Every option of a server as a property, as the table of [io.quintet.ServerOption] has them. The test of
 * that table writes this file.
 */
@QuintetDsl
public sealed class ServerOptions {
    internal val given = LinkedHashMap<String, Any>()

    /**
     * Where to listen: an address, a link-local one with its zone (fe80::1%eth0), a name, which stands for its first
     * IPv4 address or else its first IPv6 address, unix:PATH for a unix socket, or unix:@NAME for one in the abstract
     * namespace.
     */
    public var host: String by option<String>("host")

    /**
     * Port to listen on; 0 lets the kernel choose.
     */
    public var port: Int by option<Int>("port")

    /**
     * Whether a listener on an IPv6 address refuses IPv4 connections.
     */
    public var ipv6Only: Boolean by option<Boolean>("ipv6Only")

    /**
     * How threads and sockets are arranged: the id of a pattern, or a file.
     */
    public var topology: String by option<String>("topology")

    /**
     * Loops, where the topology has several; 0 is one for each processor that the process may use.
     */
    public var loops: Int by option<Int>("loops")

    /**
     * Workers, where the topology has several; 0 is one for each processor.
     */
    public var workers: Int by option<Int>("workers")

    /**
     * Backend processes, where the topology has some; 0 is one for each processor.
     */
    public var backends: Int by option<Int>("backends")

    /**
     * How connections (round-robin, least-connections, power-of-two) or requests (round-robin, least-loaded,
     * shortest-of-two, shared, bounded, stealing, reserved) are placed; empty for the topology's own policy.
     */
    public var policy: String by option<String>("policy")

    /**
     * Requests that may wait or run on one worker, or on the virtual threads together; beyond that connections are not
     * read.
     */
    public var workerQueueMax: Int by option<Int>("workerQueueMax")

    /**
     * How long a request may wait for a worker; one that has waited longer is not handled but answered (HTTP 503), and
     * the connection goes on; 0 turns it off.
     */
    public var queueTimeout: Duration by time("queueTimeoutMillis")

    /**
     * The same for a queue that stands: once the shortest wait in 100 ms was longer than this, requests that waited
     * longer are answered so, while those of a burst are handled; 0 turns it off.
     */
    public var queueTarget: Duration by time("queueTargetMillis")

    /**
     * Who chooses the listener of a connection where each loop has one: the kernel's hash, the processor on which it
     * arrived, or a draw among the loops by how busy they are, in which a loop that hangs gets none.
     */
    public var steer: String by option<String>("steer")

    /**
     * What loops wait with: epoll(7), or io_uring(7) from Linux 6.1 on where nothing forbids it; auto is epoll.
     */
    public var kernel: String by option<String>("kernel")

    /**
     * Whether each thread stays on one processor.
     */
    public var pin: Boolean by option<Boolean>("pin")

    /**
     * Connections that may wait to be accepted, listen(2); the kernel limits it to net.core.somaxconn.
     */
    public var backlog: Int by option<Int>("backlog")

    /**
     * Size of the kernel's receive buffer of a connection, which it doubles, socket(7); 0 leaves it to the kernel.
     */
    public var receiveBufferBytes: Int by option<Int>("receiveBufferBytes")

    /**
     * Size of the kernel's send buffer of a connection, likewise.
     */
    public var sendBufferBytes: Int by option<Int>("sendBufferBytes")

    /**
     * Whether small replies are sent at once, TCP_NODELAY.
     */
    public var noDelay: Boolean by option<Boolean>("noDelay")

    /**
     * Whether the kernel probes silent peers, SO_KEEPALIVE.
     */
    public var keepAlive: Boolean by option<Boolean>("keepAlive")

    /**
     * How long a connection without a first byte is not accepted, TCP_DEFER_ACCEPT; 0 accepts it at once.
     */
    public var deferAcceptSeconds: Int by option<Int>("deferAcceptSeconds")

    /**
     * Connections that may bring bytes in their first segment and are not accepted yet, TCP_FASTOPEN; 0 turns it off.
     */
    public var fastOpenMax: Int by option<Int>("fastOpenMax")

    /**
     * Connections at once; one more is told so (HTTP 503) and closed; 0 turns it off.
     */
    public var connectionsMax: Int by option<Int>("connectionsMax")

    /**
     * Connections at once from one peer address to one process, likewise.
     */
    public var peerConnectionsMax: Int by option<Int>("peerConnectionsMax")

    /**
     * Connections that a listener accepts before others on its loop have their turn.
     */
    public var acceptBudget: Int by option<Int>("acceptBudget")

    /**
     * Requests of one connection that are handled before others have their turn.
     */
    public var requestBudget: Int by option<Int>("requestBudget")

    /**
     * Messages of other threads that a loop takes before its connections have their turn.
     */
    public var mailBudget: Int by option<Int>("mailBudget")

    /**
     * Replies that may be owed to one connection.
     */
    public var pipelineMax: Int by option<Int>("pipelineMax")

    /**
     * Connections of a loop that may wait, after their last reply, for their peer to end too; one more ends the longest
     * wait.
     */
    public var lingeringMax: Int by option<Int>("lingeringMax")

    /**
     * Bytes read at once.
     */
    public var readBufferBytes: Int by option<Int>("readBufferBytes")

    /**
     * Bytes encoded before they are sent.
     */
    public var outputBufferBytes: Int by option<Int>("outputBufferBytes")

    /**
     * Bytes queued for one connection above which it is not read.
     */
    public var highWatermarkBytes: Int by option<Int>("highWatermarkBytes")

    /**
     * Bytes queued at or below which it is read again.
     */
    public var lowWatermarkBytes: Int by option<Int>("lowWatermarkBytes")

    /**
     * Bytes queued for the connections of a loop together above which those that have some are not read; 0 turns it
     * off.
     */
    public var bufferBytesMax: Int by option<Int>("bufferBytesMax")

    /**
     * A new connection has sent nothing; 0 turns it off.
     */
    public var firstByteTimeout: Duration by time("firstByteTimeoutMillis")

    /**
     * Nothing has happened on a connection; 0 turns it off.
     */
    public var idleTimeout: Duration by time("idleTimeoutMillis")

    /**
     * The head of a request has not arrived, then as much of its content as requestRateBytes asks for; a TLS handshake
     * likewise; 0 turns it off.
     */
    public var requestTimeout: Duration by time("requestTimeoutMillis")

    /**
     * Bytes of content a second, averaged over each requestTimeoutMillis, below which a request is too slow; it does
     * not bound the head; 0 turns it off.
     */
    public var requestRateBytes: Int by option<Int>("requestRateBytes")

    /**
     * A handler on a worker, or one that answers later, has not answered, counted from the last event on its
     * connection; the client is told (HTTP 503) and the connection ends; 0 turns it off.
     */
    public var handlerTimeout: Duration by time("handlerTimeoutMillis")

    /**
     * How long nothing may come or go on a WebSocket before it is pinged; one that brings nothing in as long again is
     * closed; 0 turns it off.
     */
    public var pingInterval: Duration by time("pingIntervalMillis")

    /**
     * How long the peer of a WebSocket that was sent a close frame may take to answer with its own.
     */
    public var closeTimeout: Duration by time("closeTimeoutMillis")

    /**
     * Age after which a connection ends with its next reply, which says so; 0 turns it off.
     */
    public var connectionAge: Duration by time("connectionAgeMillis")

    /**
     * The peer takes nothing; 0 turns it off.
     */
    public var writeStallTimeout: Duration by time("writeStallTimeoutMillis")

    /**
     * How long a connection waits, after its last reply, for its peer to end too; input is discarded meanwhile, since
     * closing at once could reset the connection and lose that reply.
     */
    public var lingerTimeout: Duration by time("lingerTimeoutMillis")

    /**
     * A listener that found the descriptors used up tries again, unless a connection of the process has closed before;
     * it waits twice as long each time in vain, up to 8 times.
     */
    public var acceptPause: Duration by time("acceptPauseMillis")

    /**
     * What a listener that found the descriptors used up does: pause leaves clients in the kernel's queue, shed accepts
     * and closes them.
     */
    public var whenFull: String by option<String>("whenFull")

    /**
     * A backend that was started connects to its front.
     */
    public var backendStart: Duration by time("backendStartMillis")

    /**
     * How often a backend is asked whether it lives; while it owes the answer for longer it is passed over.
     */
    public var backendSilence: Duration by time("backendSilenceMillis")

    /**
     * A backend that has not answered for so long is killed and started again; 0 turns it off.
     */
    public var backendHang: Duration by time("backendHangMillis")

    /**
     * First wait before a backend that has ended is started again; it doubles with each failure, up to 64 times.
     */
    public var backendBackoff: Duration by time("backendBackoffMillis")

    /**
     * Whether backends that run on java keep an archive of their loaded classes in the user's cache folder, which
     * shortens later starts.
     */
    public var startupArchive: Boolean by option<Boolean>("startupArchive")

    /**
     * How long a server that was told to drain still accepts connections, since balancers learn late that it is not
     * ready.
     */
    public var drainDelay: Duration by time("drainDelayMillis")

    /**
     * How long a connection that is idle when the server drains may still bring a request, which is answered; after
     * that, or if it brings none, the connection ends, at the latest when as long again has passed.
     */
    public var drainIdle: Duration by time("drainIdleMillis")

    /**
     * What is in flight may take when the server closes; then connections are cut and handlers are interrupted, and
     * those that hang are left two seconds later.
     */
    public var drainTimeout: Duration by time("drainTimeoutMillis")

    /**
     * Whether the server drains when its process is told to end (SIGTERM, SIGINT) or exits, by a shutdown hook of the
     * JVM; without it the program closes the server itself, or what is in flight is lost.
     */
    public var drainOnExit: Boolean by option<Boolean>("drainOnExit")

    /**
     * Path of a unix socket by which the server gets the listeners of the one before it, which then drains, and later
     * gives them to the one after it; empty for none.
     */
    public var takeover: String by option<String>("takeover")

    /**
     * Whether each connection begins with a PROXY header, version 1 or 2, that says whose connection the proxy
     * forwards; one without it is closed. The proxy must be the only one that reaches the listener.
     */
    public var proxyProtocol: Boolean by option<Boolean>("proxyProtocol")

    /**
     * Layer of a user's own that each connection begins with, behind a PROXY header and before TLS, from a jar on the
     * class path; empty for none.
     */
    public var layer: String by option<String>("layer")

    /**
     * File of certificates in PEM, or a PKCS#12 store, with which connections are secured; empty for plain ones.
     */
    public var tlsCertificate: String by option<String>("tlsCertificate")

    /**
     * File of the private key in PEM (PKCS#8, PKCS#1 or SEC 1); empty if it is in the same file.
     */
    public var tlsKey: String by option<String>("tlsKey")

    /**
     * Password of a PKCS#12 store or of an encrypted PKCS#8 key; empty for none.
     */
    public var tlsPassword: String by option<String>("tlsPassword")
}
