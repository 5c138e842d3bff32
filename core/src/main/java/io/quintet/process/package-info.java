/**
 * Backends and their front: processes that are started, asked whether they live, and handed
 * connections.
 */
@NullMarked
package io.quintet.process;

import org.jspecify.annotations.NullMarked;
