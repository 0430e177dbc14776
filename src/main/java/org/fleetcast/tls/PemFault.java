package org.fleetcast.tls;

/** What is wrong with a PEM file, as a sentence that begins with the setting that names it. */
public final class PemFault extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  PemFault(String sentence) {
    super(sentence);
  }

  PemFault(String sentence, Throwable cause) {
    super(sentence, cause);
  }
}
