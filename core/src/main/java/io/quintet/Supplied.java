package io.quintet;

import io.quintet.codec.Peer;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import javax.net.ssl.SSLEngine;

/**
 * What a server's user supplies beside its service, which no option can hold.
 *
 * @param engines the own engines of a server, in place of those by its options
 * @param shortRequests which requests are short
 */
record Supplied(
    Optional<Function<Peer, SSLEngine>> engines, Optional<Predicate<Object>> shortRequests) {}
