/**
 * Servers: {@link io.quintet.Quintet} makes them, {@link io.quintet.Options} arranges them, a
 * {@link io.quintet.service.Handler} answers their requests.
 */
@NullMarked
package io.quintet;

import org.jspecify.annotations.NullMarked;
