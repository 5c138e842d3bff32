/** What the machines did, transition by transition, where that is recorded. */
@NullMarked
package io.quintet.trace;

import org.jspecify.annotations.NullMarked;
