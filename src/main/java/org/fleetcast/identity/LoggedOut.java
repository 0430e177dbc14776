package org.fleetcast.identity;

/** Somebody logged out: whatever is open in the name of this subject ends. */
public record LoggedOut(String subject) {}
