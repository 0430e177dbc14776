package org.fleetcast.identity;

/** Told when somebody logs out: whatever that subject has open is to end. */
public record LoggedOut(String subject) {}
