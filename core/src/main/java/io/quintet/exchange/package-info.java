/**
 * One request from its decoding to the end of its reply, which the handler may give on any thread
 * and in parts.
 */
@NullMarked
package io.quintet.exchange;

import org.jspecify.annotations.NullMarked;
