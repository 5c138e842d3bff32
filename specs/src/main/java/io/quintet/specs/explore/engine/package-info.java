/**
 * What explores any model: terms over variables, effects, guarded commands of agents, and the
 * breadth-first search of every state, with fairness; the same model in Promela. It knows machines,
 * and nothing of servers.
 */
@NullMarked
package io.quintet.specs.explore.engine;

import org.jspecify.annotations.NullMarked;
