/**
 * Who runs handlers, and in which order: workers, virtual threads, and where requests wait until
 * one has room.
 */
@NullMarked
package io.quintet.dispatch;

import org.jspecify.annotations.NullMarked;
