/**
 * Loops and what they own: machines at work over one epoll instance.
 *
 * <p>A {@link io.quintet.loop.Loop} is one thread's; its connections, listeners and buffers are
 * touched by that thread alone, so nothing here locks. Other threads reach a loop by its {@link
 * io.quintet.reactor.Mailbox}, and a {@link io.quintet.loop.PendingReply} crosses between them by
 * one atomic exchange.
 */
@NullMarked
package io.quintet.loop;

import org.jspecify.annotations.NullMarked;
