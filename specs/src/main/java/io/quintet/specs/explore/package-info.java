/**
 * The machines composed as a topology says, and every state that they can reach: a small model of
 * guarded commands that is searched here, and exported to Promela for another checker.
 */
@NullMarked
package io.quintet.specs.explore;

import org.jspecify.annotations.NullMarked;
