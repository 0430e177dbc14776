package org.fleetcast.sink;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The traces that devices name in their lines, in a field {@code traceparent} as W3C has it. */
final class LineContexts {
  private static final int MOST = 17;
  private static final byte[] FIELD = "\"traceparent\":\"".getBytes(StandardCharsets.UTF_8);

  private LineContexts() {}

  /** The different contexts that these lines name, in their order, as many as are kept. */
  static List<Context> of(List<JournalLine> lines) {
    Map<SpanContext, Context> found = new LinkedHashMap<>();
    for (JournalLine line : lines) {
      if (line.kind() == JournalLine.Kind.LINE && names(line.json())) {
        Context context = context(line.json());
        SpanContext of = Span.fromContext(context).getSpanContext();
        if (of.isValid()) {
          found.putIfAbsent(of, context);
        }
      }
      if (found.size() == MOST) {
        break;
      }
    }
    return new ArrayList<>(found.values());
  }

  /** Whether a line may have the field: cheaper than to read it. */
  private static boolean names(byte[] json) {
    int most = json.length - FIELD.length;
    for (int from = 0; from <= most; from++) {
      int same = 0;
      while (same < FIELD.length && json[from + same] == FIELD[same]) {
        same++;
      }
      if (same == FIELD.length) {
        return true;
      }
    }
    return false;
  }

  private static Context context(byte[] json) {
    try {
      return W3CTraceContextPropagator.getInstance()
          .extract(Context.root(), LineJson.read(json), Fields.INSTANCE);
    } catch (IOException unreadable) {
      return Context.root(); // not what we write
    }
  }

  private enum Fields implements TextMapGetter<ObjectNode> {
    INSTANCE;

    @Override
    public Iterable<String> keys(ObjectNode line) {
      return line::fieldNames;
    }

    @Override
    public @Nullable String get(@Nullable ObjectNode line, String name) {
      return line == null ? null : line.path(name).textValue();
    }
  }
}
