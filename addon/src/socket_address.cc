#include "socket_address.h"

#include <arpa/inet.h>

#include <array>

namespace bpf_loader {
namespace {

constexpr size_t kMappedPrefixBytes = 12;  // ::ffff:0:0/96, RFC 4291 section 2.5.5.2

}  // namespace

std::optional<SocketAddress> SocketAddress::Parse(const std::string& host, uint16_t port) {
  SocketAddress result;
  in_addr v4{};
  in6_addr v6{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) {
    result.address_.v4 = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = v4, .sin_zero = {}};
  } else if (inet_pton(AF_INET6, host.c_str(), &v6) == 1) {
    result.address_.v6.sin6_family = AF_INET6;
    result.address_.v6.sin6_port = htons(port);
    result.address_.v6.sin6_addr = v6;
  } else {
    return std::nullopt;
  }
  return result;
}

std::string SocketAddress::Host() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const in6_addr& v6 = address_.v6.sin6_addr;
  if (!IsV6()) {
    inet_ntop(AF_INET, &address_.v4.sin_addr, text.data(), text.size());
  } else if (IN6_IS_ADDR_V4MAPPED(&v6)) {
    inet_ntop(AF_INET, v6.s6_addr + kMappedPrefixBytes, text.data(), text.size());
  } else {
    inet_ntop(AF_INET6, &v6, text.data(), text.size());
  }
  return text.data();
}

uint16_t SocketAddress::Port() const {
  return ntohs(IsV6() ? address_.v6.sin6_port : address_.v4.sin_port);
}

}  // namespace bpf_loader
