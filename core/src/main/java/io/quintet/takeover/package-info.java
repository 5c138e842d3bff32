/** Hot restart: one server gives its listeners to the one that follows it. */
@NullMarked
package io.quintet.takeover;

import org.jspecify.annotations.NullMarked;
