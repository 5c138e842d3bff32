/** The JDK's interface of HTTP servers, {@code com.sun.net.httpserver}, on Quintet. */
@NullMarked
package io.quintet.httpserver;

import org.jspecify.annotations.NullMarked;
