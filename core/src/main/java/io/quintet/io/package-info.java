/** Readiness: an epoll instance, and whom its events are for. */
@NullMarked
package io.quintet.io;

import org.jspecify.annotations.NullMarked;
