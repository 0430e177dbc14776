package org.fleetcast.live;

/** The fields of a line, as filters look at them. */
public interface LineFields {
  /** Of a line that has none. */
  LineFields NONE = (name, value) -> false;

  /**
   * Whether a field has a value, in the text in which it was sent.
   *
   * @param name its own, or those on the way to it with dots between them
   */
  boolean has(String name, String value);
}
