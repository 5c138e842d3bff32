/**
 * Listening, admitting and placing: listeners, how many connections there may be, and who owns
 * each.
 */
@NullMarked
package io.quintet.accept;

import org.jspecify.annotations.NullMarked;
