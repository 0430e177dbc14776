package org.fleetcast;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;

/** Where an answer goes that nobody reads; it takes whatever comes. */
public final class DiscardedOutput extends ServletOutputStream {
  @Override
  public boolean isReady() {
    return true;
  }

  @Override
  public void setWriteListener(WriteListener listener) {}

  @Override
  public void write(int one) {}
}
