package org.fleetcast.sink;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.node.JsonNodeType;
import com.fasterxml.jackson.databind.node.ValueNode;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A number of a line, as it was written: it is never calculated with, so however many digits it has
 * and however large its exponent is, it costs its length and is written again to the letter.
 */
final class NumberText extends ValueNode {
  private static final long serialVersionUID = 1L;

  private final String text;
  private final boolean integral;

  NumberText(String text, boolean integral) {
    this.text = text;
    this.integral = integral;
  }

  @Override
  public JsonToken asToken() {
    return integral ? JsonToken.VALUE_NUMBER_INT : JsonToken.VALUE_NUMBER_FLOAT;
  }

  @Override
  public JsonNodeType getNodeType() {
    return JsonNodeType.NUMBER;
  }

  @Override
  public boolean isIntegralNumber() {
    return integral;
  }

  @Override
  public String asText() {
    return text;
  }

  @Override
  public void serialize(JsonGenerator json, SerializerProvider provider) throws IOException {
    json.writeNumber(text);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof NumberText number && number.text.equals(text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }
}
