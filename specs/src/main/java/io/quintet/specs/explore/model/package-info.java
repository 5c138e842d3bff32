/**
 * Quintet's server as a model: a class for each participant, with the variables that it has and the
 * effects of its machine's actions, wired as a topology says. It stands on the engine, and runs
 * nothing itself.
 */
@NullMarked
package io.quintet.specs.explore.model;

import org.jspecify.annotations.NullMarked;
