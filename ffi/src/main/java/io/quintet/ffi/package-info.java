/**
 * Typed calls over Linux, for servers and for experiments.
 *
 * <p>{@link io.quintet.ffi.LinuxCalls#open()} gives one thread its calls. They follow the kernel's
 * own convention: a result of at least 0, or the negated error number. Pointers are {@code long}
 * addresses of memory that the caller owns; nothing is boxed and nothing is allocated by a call.
 */
@NullMarked
package io.quintet.ffi;

import org.jspecify.annotations.NullMarked;
