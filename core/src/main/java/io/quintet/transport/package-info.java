/**
 * What stands between a socket and a codec: TLS with its certificates, and the header of a proxy.
 */
@NullMarked
package io.quintet.transport;

import org.jspecify.annotations.NullMarked;
