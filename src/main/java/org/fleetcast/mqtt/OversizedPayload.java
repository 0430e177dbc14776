package org.fleetcast.mqtt;

/**
 * What is kept of a payload over the limit.
 *
 * @param beginning its first bytes, 64 KiB and one, or all where there are few
 * @param length of the whole, in bytes
 * @param sha256 of the whole
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares them, and copies would cost
public record OversizedPayload(byte[] beginning, long length, byte[] sha256) {}
