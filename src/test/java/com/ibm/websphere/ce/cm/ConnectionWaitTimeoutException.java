package com.ibm.websphere.ce.cm;

import java.sql.SQLTransientConnectionException;

/** What the server throws when all connections of a pool are in use; no library of ours has it. */
public class ConnectionWaitTimeoutException extends SQLTransientConnectionException {
  private static final long serialVersionUID = 1L;

  public ConnectionWaitTimeoutException(String reason, String state) {
    super(reason, state);
  }
}
