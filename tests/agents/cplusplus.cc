// A good agent in C++: strings, containers, streams, exceptions that are caught.
#include <agenthost/agent.h>

#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>

namespace {

struct Agent {
    std::map<std::string, std::string> assets;
};

agenthost_text text(const std::string &value)
{
    return agenthost_text{value.data(), value.size()};
}

void *create(const agenthost_host *, const agenthost_setup *setup, agenthost_report *)
{
    std::unique_ptr<Agent> agent(new Agent);
    for (uint32_t i = 0; i < setup->assets_count; i++) {
        const agenthost_asset &asset = setup->assets[i];
        agent->assets[std::string(asset.name.data, asset.name.len)] =
            std::string(asset.bytes.data, asset.bytes.len);
    }
    return agent.release();
}

void destroy(void *agent)
{
    delete static_cast<Agent *>(agent);
}

agenthost_status build_prompt(void *, const agenthost_job *job, agenthost_prompt *prompt)
{
    try {
        throw std::runtime_error("thrown over " + std::string(job->data.data, job->data.len));
    } catch (const std::exception &error) {
        std::ostringstream stream;
        stream << error.what() << " at pass " << job->pass << " and " << 0.5;
        prompt->message(prompt, AGENTHOST_USER, text(stream.str()));
    }
    std::cerr << "a line from C++" << std::endl;
    return AGENTHOST_OK;
}

agenthost_status post_process(void *agent, const agenthost_job *, const agenthost_answer *answer,
                              agenthost_result *result)
{
    // An unknown name throws, and nobody catches: the process ends as C++ says.
    const std::string &found =
        static_cast<Agent *>(agent)->assets.at(std::string(answer->text.data, answer->text.len));
    result->text(result, text(found));
    return AGENTHOST_OK;
}

} // namespace

const struct agenthost_agent agenthost_agent = {AGENTHOST_MAGIC,
                                                AGENTHOST_ABI_MAJOR,
                                                AGENTHOST_ABI_MINOR,
                                                sizeof(struct agenthost_agent),
                                                create,
                                                destroy,
                                                nullptr,
                                                build_prompt,
                                                post_process,
                                                nullptr};
