package org.fleetcast.devices;

import com.networknt.schema.JsonSchemaException;
import com.networknt.schema.PathType;
import com.networknt.schema.SchemaValidatorsConfig;
import java.util.Locale;

/**
 * How one schema is read and held against values, and how much work that may be: a reference makes
 * a copy of what it leads to, for each way that leads there, and definitions that refer twice to
 * the next double at each step. The library has no such limit, but asks its settings at each step.
 */
final class SchemaWorkLimit extends SchemaValidatorsConfig {
  /** References that are followed while a schema is read: some tens of megabytes. */
  private static final int MOST_REFERENCES = 10_000;

  /**
   * Twice the parts of a schema that are held against a part of a value: about a second of a
   * processor, and less than a hundred megabytes where each of them says what is wrong.
   */
  private static final int MOST_CHECKS = 200_000;

  private int references;
  private int checks;

  @SuppressWarnings("deprecation") // the builder's settings are of a type that cannot be extended
  SchemaWorkLimit() {
    setPathType(PathType.JSON_POINTER);
    setLocale(Locale.ROOT);
    setRegularExpressionFactory(new SchemaPatterns());
  }

  /** Asked for each reference when it is read. */
  @Override
  public boolean isCacheRefs() {
    references++;
    if (references > MOST_REFERENCES) {
      throw new JsonSchemaException("its references lead to too many copies of its definitions");
    }
    return super.isCacheRefs();
  }

  /** Asked twice for each schema when it is held against a value. */
  @Override
  public boolean isDiscriminatorKeywordEnabled() {
    checks++;
    if (checks > MOST_CHECKS) {
      throw new JsonSchemaException("it takes too long on this value");
    }
    return super.isDiscriminatorKeywordEnabled();
  }
}
