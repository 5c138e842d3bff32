package io.quintet.specs.explore.engine;

/**
 * Two of a model's participants that are alike: of two states that differ only in which of them is
 * which, one stands for both.
 *
 * @param one variables of the one
 * @param other those of the other, in the same order
 * @param names variables that are 1 for the one and 2 for the other
 */
record Symmetry(int[] one, int[] other, int[] names) {
  /** Makes a state the one that stands for it. */
  void apply(byte[] state) {
    if (isOther(state)) {
      swap(state);
    }
  }

  /** The two change places. */
  void swap(byte[] state) {
    for (int i = 0; i < one.length; i++) {
      byte kept = state[one[i]];
      state[one[i]] = state[other[i]];
      state[other[i]] = kept;
    }
    for (int name : names) {
      byte value = state[name];
      state[name] = value == 1 || value == 2 ? (byte) (3 - value) : value;
    }
  }

  /** The first difference decides. */
  private boolean isOther(byte[] state) {
    for (int i = 0; i < one.length; i++) {
      int difference = state[one[i]] - state[other[i]];
      if (difference != 0) {
        return difference > 0;
      }
    }
    for (int name : names) {
      if (state[name] == 1 || state[name] == 2) {
        return state[name] == 2;
      }
    }
    return false;
  }
}
