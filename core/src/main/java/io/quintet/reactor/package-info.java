/**
 * A thread's duty cycle: the sleep in epoll_wait(2), the mail of other threads that ends it, and
 * deadlines.
 */
@NullMarked
package io.quintet.reactor;

import org.jspecify.annotations.NullMarked;
