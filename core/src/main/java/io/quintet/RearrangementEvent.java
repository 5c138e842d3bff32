package io.quintet;

/** The events of {@code specs/machines/rearrangement.json}. */
enum RearrangementEvent {
  BEGIN,
  FITS,
  UNFIT,
  PREPARED,
  SHARED,
  ALL_SHARED,
  OPENED,
  ALL_OPENED,
  STEERED,
  LEFT,
  MOVED,
  SETTLED,
  UNDONE,
  FAILED
}
