/**
 * What stands between a socket and a codec: layers that come before requests, which are the header
 * of a proxy and the handshake of TLS, and TLS itself with its certificates.
 */
@NullMarked
package io.quintet.transport;

import org.jspecify.annotations.NullMarked;
