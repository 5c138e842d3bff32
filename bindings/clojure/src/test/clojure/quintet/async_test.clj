(ns quintet.async-test
  (:require [clojure.core.async :as async]
            [clojure.test :refer [deftest is]]
            [quintet.async :as quintet-async]
            [quintet.core :as quintet])
  (:import (java.io BufferedReader InputStreamReader PrintWriter)
           (java.net Socket URL)
           (java.util.concurrent Flow$Subscriber)))

(defn- fetch [server path]
  (slurp (URL. (str "http://127.0.0.1:" (quintet/port server) path))))

(deftest a-channel-gives-the-response
  (with-open [server (quintet-async/run-server
                      (fn [{:keys [uri]}]
                        (async/go
                          (async/<! (async/timeout 1))
                          (if (= uri "/bad") (ex-info "no" {}) {:status 200 :headers {} :body uri}))))]
    (is (= "/good" (fetch server "/good")))
    (is (thrown-with-msg? java.io.IOException #"response code: 500" (fetch server "/bad")))))

(deftest a-channel-that-is-closed-fails-the-request
  (with-open [server (quintet-async/run-server (fn [_] (doto (async/chan) async/close!)))]
    (is (thrown-with-msg? java.io.IOException #"response code: 500" (fetch server "/")))))

(deftest a-body-comes-from-a-channel
  (with-open [server (quintet-async/run-server
                      (fn [_]
                        (async/go
                          {:status 200 :headers {}
                           :body (quintet-async/body
                                  (async/to-chan! ["one " 2 (.getBytes " three")]))})))]
    (is (= "one 2 three" (fetch server "/")))))

(deftest an-exception-breaks-a-body-off-and-closes-the-channel
  (let [channel (async/chan)
        failed (promise)
        released (promise)]
    (async/put! channel "some")
    (async/put! channel (ex-info "boom" {}))
    (async/put! channel "more" (fn [_] (deliver released true)))
    (.subscribe (quintet-async/body channel)
                (reify Flow$Subscriber
                  (onSubscribe [_ subscription] (.request subscription 10))
                  (onNext [_ _])
                  (onError [_ failure] (deliver failed (ex-message failure)))
                  (onComplete [_])))
    (is (= "boom" (deref failed 60000 nil)))
    (is (true? (deref released 60000 false)))))

(deftest a-response-that-is-none-fails-the-request
  (with-open [server (quintet-async/run-server (fn [_] (async/go {:status nil})))]
    (is (thrown-with-msg? java.io.IOException #"response code: 500" (fetch server "/")))))

(deftest a-client-that-goes-away-closes-the-channel
  (let [endless (async/chan)
        closed (promise)]
    (with-open [server (quintet-async/run-server
                        (fn [_] (async/go {:status 200 :headers {}
                                           :body (quintet-async/body endless)})))]
      (async/go-loop []
        (if (async/>! endless (apply str (repeat 1000 "x"))) (recur) (deliver closed true)))
      (with-open [in (.openStream (URL. (str "http://127.0.0.1:" (quintet/port server) "/")))]
        (.read in))
      (is (true? (deref closed 60000 false))))))

(deftest who-waits-to-put-is-let-go-when-the-client-goes-away
  (let [channel (async/chan)
        released (promise)]
    (async/put! channel "waits" (fn [_] (deliver released true)))
    (.subscribe (quintet-async/body channel)
                (reify Flow$Subscriber
                  (onSubscribe [_ subscription] (.cancel subscription))
                  (onNext [_ _])
                  (onError [_ _])
                  (onComplete [_])))
    (is (true? (deref released 60000 false)))))

(deftest other-protocols-answer-on-channels-too
  (with-open [server (quintet-async/serve :line (fn [line] (async/go (str line "!"))))
              socket (Socket. "127.0.0.1" (int (quintet/port server)))
              out (PrintWriter. (.getOutputStream socket) true)
              in (BufferedReader. (InputStreamReader. (.getInputStream socket)))]
    (.println out "hello")
    (is (= "hello!" (.readLine in)))))
