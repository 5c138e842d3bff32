package io.quintet.connection;

/**
 * What bounds a loop's work and memory.
 *
 * @param acceptBudget connections accepted from one listener before others have their turn, at
 *     least 1
 * @param requestBudget requests of one connection handled likewise, at least 1
 * @param mailBudget messages of other threads taken in a turn, at least 1
 * @param pipelineMax replies that may be owed to one connection, at least 1
 * @param lingeringMax connections that may linger at once, at least 1
 * @param readBufferBytes bytes read at once, and the longest piece that a codec may leave
 *     unconsumed
 * @param outputBufferBytes bytes encoded before they are sent
 * @param highWatermarkBytes bytes queued for one connection above which it is not read
 * @param lowWatermarkBytes bytes queued at or below which it is read again
 * @param requestBytesMin bytes of a request behind its head that arrive in the time of a request
 * @param connectionAgeNanos age after which the next reply is a connection's last
 * @param bufferBytesMax bytes of connections that may be queued in a loop together, above which
 *     none of those that have some is read
 * @param sheds whether connections are accepted and closed when no descriptor is left
 */
public record Limits(
    int acceptBudget,
    int requestBudget,
    int mailBudget,
    int pipelineMax,
    int lingeringMax,
    int readBufferBytes,
    int outputBufferBytes,
    int highWatermarkBytes,
    int lowWatermarkBytes,
    long requestBytesMin,
    long connectionAgeNanos,
    long bufferBytesMax,
    boolean sheds) {}
