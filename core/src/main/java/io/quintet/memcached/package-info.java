/** The text protocol of memcached, as a server speaks it. */
@NullMarked
package io.quintet.memcached;

import org.jspecify.annotations.NullMarked;
