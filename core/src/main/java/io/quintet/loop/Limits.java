package io.quintet.loop;

/**
 * What bounds a loop's work and memory.
 *
 * @param acceptBudget connections accepted from one listener in a turn, at least 1
 * @param requestBudget requests of one connection handled in a turn, at least 1
 * @param pipelineMax replies that may be owed to one connection, at least 1
 * @param readBufferBytes bytes read at once, and the longest piece that a codec may leave
 *     unconsumed
 * @param outputBufferBytes bytes encoded before they are sent
 * @param highWatermarkBytes bytes queued for one connection above which it is not read
 * @param lowWatermarkBytes bytes queued at or below which it is read again
 */
public record Limits(
    int acceptBudget,
    int requestBudget,
    int pipelineMax,
    int readBufferBytes,
    int outputBufferBytes,
    int highWatermarkBytes,
    int lowWatermarkBytes) {}
