package org.fleetcast.rotation;

/**
 * The rotation moved on; fired within the transaction, observed after its success.
 *
 * @param by who made it move
 */
record RotationChanged(Source by) {

  /** Who makes a rotation move. */
  enum Source {
    /** A person, or a device. */
    WEB,
    /** The scheduled job. */
    CRONJOB
  }
}
