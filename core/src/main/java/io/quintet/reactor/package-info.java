/**
 * A thread's duty cycle. An {@link io.quintet.reactor.EventLoop} turns: it takes mail, lets
 * deadlines pass, sleeps in epoll_wait(2), and tells registrations what their descriptors are ready
 * for. It knows none of them: who works on it has a {@link io.quintet.reactor.LoopContext}, and
 * hooks into its steps as a {@link io.quintet.reactor.TurnPhase}.
 *
 * <p>What belongs to a loop is touched by its thread alone, so nothing here locks. Other threads
 * reach it by its {@link io.quintet.reactor.Mailbox}.
 */
@NullMarked
package io.quintet.reactor;

import org.jspecify.annotations.NullMarked;
