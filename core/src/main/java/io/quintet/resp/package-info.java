/** RESP2 and RESP3, the protocol of Redis, as a server speaks it. */
@NullMarked
package io.quintet.resp;

import org.jspecify.annotations.NullMarked;
