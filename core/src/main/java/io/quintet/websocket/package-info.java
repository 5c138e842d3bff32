/** WebSockets, RFC 6455: messages both ways on a connection that began with an HTTP request. */
@NullMarked
package io.quintet.websocket;

import org.jspecify.annotations.NullMarked;
