#include "tunable.h"

#include <bpf/btf.h>

namespace bpf_loader {

std::optional<TunablePlace> FindTunable(const bpf_object* object, const std::string& name) {
  const btf* types = bpf_object__btf(object);
  if (types == nullptr) return std::nullopt;
  const int section_id = btf__find_by_name_kind(types, kTunableSection, BTF_KIND_DATASEC);
  if (section_id < 0) return std::nullopt;
  const btf_type* section = btf__type_by_id(types, static_cast<uint32_t>(section_id));
  const btf_var_secinfo* variables = btf_var_secinfos(section);
  for (uint16_t index = 0; index < btf_vlen(section); index++) {
    const btf_type* variable = btf__type_by_id(types, variables[index].type);
    if (name == btf__name_by_offset(types, variable->name_off)) {
      return TunablePlace{variables[index].offset, variables[index].size};
    }
  }
  return std::nullopt;
}

}  // namespace bpf_loader
