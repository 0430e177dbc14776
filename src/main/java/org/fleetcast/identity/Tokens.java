package org.fleetcast.identity;

import java.time.Duration;

/** What a login or a renewal gives a browser: two tokens and how long each is good for. */
record Tokens(String access, Duration accessLife, String refresh, Duration refreshLife) {}
