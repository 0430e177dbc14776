package org.fleetcast.door;

import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;

/** What Open Liberty is made of, found by names from any object of its own. */
final class LibertyBundles {
  private final Object context;

  /**
   * Where the object is.
   *
   * @throws ReflectiveOperationException when the server is made otherwise
   */
  LibertyBundles(Object container) throws ReflectiveOperationException {
    Object own = call(container.getClass().getClassLoader(), "getBundle");
    context = call(own, "getBundleContext");
  }

  /** A class of a bundle, also one that is not for others. */
  Class<?> type(String bundle, String name) throws ReflectiveOperationException {
    Object found = bundle(bundle);
    Method load = found.getClass().getMethod("loadClass", String.class);
    load.setAccessible(true);
    try {
      return (Class<?>) load.invoke(found, name);
    } catch (InvocationTargetException missing) {
      throw new ClassNotFoundException(name, missing);
    }
  }

  /** The service of that name; it is ours until this application ends. */
  Object service(String name) throws ReflectiveOperationException {
    Method find = context.getClass().getMethod("getServiceReference", String.class);
    find.setAccessible(true);
    Object reference = find.invoke(context, name);
    if (reference == null) {
      throw new ClassNotFoundException(name);
    }
    for (Method get : context.getClass().getMethods()) {
      if (get.getName().equals("getService") && get.getParameterCount() == 1) {
        get.setAccessible(true);
        return get.invoke(context, reference);
      }
    }
    throw new NoSuchMethodException("getService");
  }

  private Object bundle(String name) throws ReflectiveOperationException {
    for (Object bundle : (Object[]) call(context, "getBundles")) {
      if (name.equals(call(bundle, "getSymbolicName"))) {
        return bundle;
      }
    }
    throw new ClassNotFoundException(name);
  }

  /** Calls a public method without parameters, also of a class that is not public. */
  static Object call(@Nullable Object target, String name) throws ReflectiveOperationException {
    if (target == null) {
      throw new NoSuchMethodException(name);
    }
    Method method = target.getClass().getMethod(name);
    method.setAccessible(true);
    return method.invoke(target);
  }

  static Field field(Class<?> type, String name) throws ReflectiveOperationException {
    Field field = type.getDeclaredField(name);
    field.setAccessible(true);
    return field;
  }
}
