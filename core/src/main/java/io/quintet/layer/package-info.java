/**
 * Transport layers of a user's own: what a connection does before its protocol begins, as a machine
 * and an object with its actions.
 */
@NullMarked
package io.quintet.layer;

import org.jspecify.annotations.NullMarked;
