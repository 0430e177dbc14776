package org.fleetcast.history;

import jakarta.ws.rs.ext.Provider;
import jakarta.ws.rs.ext.WriterInterceptor;
import jakarta.ws.rs.ext.WriterInterceptorContext;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.fleetcast.live.PrintableJson;

/** Escapes what would be a command to a terminal in the answers of {@link Printable} endpoints. */
@Provider
@Printable
public class PrintableAnswers implements WriterInterceptor {
  @Override
  public void aroundWriteTo(WriterInterceptorContext answer) throws IOException {
    OutputStream out = answer.getOutputStream();
    ByteArrayOutputStream json = new ByteArrayOutputStream();
    answer.setOutputStream(json);
    answer.proceed();
    out.write(
        PrintableJson.of(json.toString(StandardCharsets.UTF_8)).getBytes(StandardCharsets.UTF_8));
  }
}
