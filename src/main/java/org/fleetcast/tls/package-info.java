/**
 * TLS by PEM files: whom we trust, as whom we show ourselves, and the certificate of our own https.
 *
 * <p>A file that is named is used, or refused in a sentence with the setting that names it: never
 * is something weaker taken in its place. Certificates of our own are read again, when a connection
 * is made or when they change, since whoever renews them does not restart us.
 */
@NullMarked
package org.fleetcast.tls;

import org.jspecify.annotations.NullMarked;
