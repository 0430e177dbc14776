// Owns what the registry reads from the config of a device, and what of it would be refused.

/** All that the server would refuse in any config. */
export function faults(value) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return ["A config is an object: it begins with { and ends with }"];
  const texts = ["deviceName", "deviceEntityId"].filter((name) => value[name] != null && typeof value[name] !== "string");
  return [
    ...texts.map((name) => `${name} must be a string, in double quotes`),
    ...(value.enableOTA != null && typeof value.enableOTA !== "boolean" ? ["enableOTA must be true or false"] : []),
  ];
}

/** What the registry will know of the device, in words. */
export function wordsOf({ deviceName, deviceEntityId, enableOTA }) {
  const words = [
    deviceName ? `Its name: ${deviceName}.` : "It has no name (deviceName).",
    deviceEntityId
      ? `Its log lines come as ${deviceEntityId}.`
      : "Without an entity id (deviceEntityId) nobody can see its log lines.",
    enableOTA ? "Updates over the air are on." : "",
  ];
  return words.filter(Boolean).join(" ");
}

/** The other devices of the same entity id: two of them are one to everybody who reads their lines. */
export function sharingWith({ deviceEntityId: entityId }, devices, id) {
  return entityId ? devices.filter((one) => one.device_entity_id === entityId && one.id !== id) : [];
}
