/**
 * An io_uring ring and what lives in it: its queues, the buffers that it fills, the bytes that it
 * sends, and the sockets that are registered with it, io_uring(7).
 */
@NullMarked
package io.quintet.ring;

import org.jspecify.annotations.NullMarked;
