package org.fleetcast;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a container hands to us, where a unit has to do without one: an interface of its API whose
 * methods answer next to nothing, but for those that a test cares about.
 */
public final class Stub {
  private Stub() {}

  /** An answer to a call. */
  @FunctionalInterface
  public interface Answer {
    @Nullable Object to(@Nullable Object[] arguments) throws Throwable;
  }

  /** One that answers nothing of interest. */
  public static <T> T of(Class<T> type) {
    return of(type, Map.of());
  }

  /** One that answers the methods of these names so. */
  public static <T> T of(Class<T> type, Map<String, Answer> answers) {
    return type.cast(
        Proxy.newProxyInstance(
            Stub.class.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> answer(proxy, method, arguments, answers)));
  }

  private static @Nullable Object answer(
      Object proxy, Method method, @Nullable Object[] arguments, Map<String, Answer> answers)
      throws Throwable {
    Answer answer = answers.get(method.getName());
    if (answer != null) {
      return answer.to(arguments == null ? new Object[0] : arguments);
    }
    return switch (method.getName()) {
      case "hashCode" -> System.identityHashCode(proxy);
      case "equals" -> arguments[0] == proxy;
      case "toString" -> "a stub of " + method.getDeclaringClass().getSimpleName();
      default -> next(method.getReturnType());
    };
  }

  private static @Nullable Object next(Class<?> type) {
    if (type == boolean.class) {
      return false;
    }
    if (type == int.class) {
      return 0;
    }
    if (type == long.class) {
      return 0L;
    }
    return type.isInterface() ? of(type) : null;
  }
}
