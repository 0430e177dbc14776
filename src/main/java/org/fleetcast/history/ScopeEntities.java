package org.fleetcast.history;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.fleetcast.devices.DeviceEntities;
import org.fleetcast.devices.DeviceEntity;
import org.fleetcast.live.Scope;

/** Knows whose lines those of a scope are, at this moment. */
@Singleton
class ScopeEntities {
  private final Supplier<List<DeviceEntity>> all;
  private final IntFunction<List<DeviceEntity>> ofModel;

  @Inject
  public ScopeEntities(DeviceEntities devices) {
    this(devices::all, devices::ofModel);
  }

  ScopeEntities(Supplier<List<DeviceEntity>> all, IntFunction<List<DeviceEntity>> ofModel) {
    this.all = all;
    this.ofModel = ofModel;
  }

  Entities of(Scope scope) {
    if (scope instanceof Scope.Entity one) {
      return Entities.one(one.id());
    }
    return Entities.of(scope instanceof Scope.Model model ? ofModel.apply(model.id()) : all.get());
  }
}
