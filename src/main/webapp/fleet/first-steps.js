// Owns what a fleet without devices shows: the commands that create the first one.

/** @param {string} origin of this page @returns {string} */
export function firstSteps(origin) {
  const call = (path, body) =>
    `curl -X POST ${origin}${path} \\\n  -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\\n  -d '${body}'`;
  const config = JSON.stringify({ deviceName: "Living room", deviceEntityId: "sensor.living_room" });
  return [
    call("/api/device-models", JSON.stringify({ code: "sensor", name: "Sensor" })),
    call("/api/devices", JSON.stringify({ device_model_id: 1, config })),
  ].join("\n\n");
}
