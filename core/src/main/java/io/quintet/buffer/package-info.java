/**
 * Pooled native memory: bytes that wait to be decoded or sent, in chunks that connections lend and
 * give back.
 */
@NullMarked
package io.quintet.buffer;

import org.jspecify.annotations.NullMarked;
